"""Fails where a test report (JUnit's XML) has skipped scenarios, rows of the chaos table or tests of a
processor's host in its image, or none at all of one of these."""

import sys
from xml.etree import ElementTree as ET

cases = list(ET.parse(sys.argv[1]).getroot().iter("testcase"))  # noqa: S314 - our own report
wrong = False
for part in ("scenarios", "chaos", "processors"):
    of_part = [case for case in cases if f".{part}." in case.get("classname", "")]
    skipped = [case for case in of_part if case.find("skipped") is not None]
    wrong = wrong or bool(skipped) or not of_part
    print(f"{part}: {len(of_part)} tests on the real engine, {len(skipped)} of them skipped")
sys.exit(wrong)
