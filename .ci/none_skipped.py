"""Fails where a test report (JUnit's XML) has skipped scenarios, or none at all."""

import sys
from xml.etree import ElementTree as ET

cases = ET.parse(sys.argv[1]).getroot().iter("testcase")  # noqa: S314 - our own report
scenarios = [case for case in cases if ".scenarios." in case.get("classname", "")]
skipped = [case for case in scenarios if case.find("skipped") is not None]
print(f"{len(scenarios)} scenarios on the real engine, {len(skipped)} of them skipped")
sys.exit(1 if skipped or not scenarios else 0)
