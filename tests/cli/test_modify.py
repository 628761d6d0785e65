"""modify, scale, version, label, lock, instance and the restart of one: what is asked of the daemon, and what is waited for."""

import json

import pytest

from tests.cli.fake_daemon import REQUEST_ID, a_look, a_report, a_service, an_instance, on_the_wall

RUNNING = a_look("Running", "Service start successfully", running=1)
PAUSED = "Instance <demo-1> not healthy. The update is paused; instances of the revision before go on serving."


@pytest.fixture(autouse=True)
def _a_service_runs(daemon):
    daemon.services = {"demo": a_service()}
    daemon.instances = [an_instance("demo-0")]
    daemon.shown = RUNNING


def asked_by_modify(daemon) -> object:
    (change,) = daemon.changes
    return json.loads(change["text"])


def test_modify_watches_until_the_change_has_arrived(terminal, daemon):
    daemon.looks = [None, a_look("Updating", running=1), RUNNING]

    said = terminal.run("modify", "demo", "-Dmetadata.cpu=2")

    assert said.code == 0
    assert said.err.splitlines() == [
        f"[RequestId]: {REQUEST_ID}",
        "[OK] demo is changed",
        "[OK] Updating [Total: 1, Pending: 0, Running: 1]",
        "[OK] Service is running",
    ]


@pytest.mark.parametrize(
    ("keys", "change"),
    [
        (["-Dmetadata.instance=10"], {"metadata": {"instance": 10}}),
        (["-Dmetadata.cpu=0.5", "-D", "metadata.gpu=0"], {"metadata": {"cpu": 0.5, "gpu": 0}}),
        (["-Druntime.enable_crash_block=true"], {"runtime": {"enable_crash_block": True}}),
        (["-Dname=x", "-Dtoken=a=b"], {"metadata": {"name": "x"}, "token": "a=b"}),
        (['-Dtoken="10"'], {"token": "10"}),
        (["-Dlabels.my.team=search"], {"labels": {"my.team": "search"}}),
        (["-Dcontainers[0].port=9000"], {"containers": {"0": {"port": 9000}}}),
        (["-Dcontainers.1.env[2].value=x"], {"containers": {"1": {"env": {"2": {"value": "x"}}}}}),
        (["-Dlabels.a[0]=x"], {"labels": {"a[0]": "x"}}),
        (["-Drolling=NaN", '-Dcontainers=[{"image": "a"}]'], {"rolling": "NaN", "containers": [{"image": "a"}]}),
    ],
)
def test_keys_are_sent_as_the_part_of_a_document_that_they_mean(terminal, daemon, keys, change):
    terminal.run("modify", "demo", *keys, "--no-wait")

    assert asked_by_modify(daemon) == change


def test_a_file_is_sent_as_it_is_with_its_folder(terminal, daemon, tmp_path):
    file = tmp_path / "part.json"
    file.write_text('{"metadata": {"cpu": 2}}')

    terminal.run("modify", "demo", "-s", str(file), "--no-wait")
    terminal.run("modify", "demo", "-s", str(file), "--replace", "--no-wait")

    merged, replaced = daemon.changes
    assert merged == {"text": '{"metadata": {"cpu": 2}}', "base": str(tmp_path), "mode": "merge"}
    assert replaced["mode"] == "replace"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "modify needs a change: -Dkey=value or -s FILE"),
        (("-Dcpu",), '-D "cpu" is no KEY=VALUE'),
        (
            ("-Dcontainers[x].port=1",),
            '-D "containers[x].port" names no field; an element of a list is named by its number, as in containers[0].port',
        ),
        (("-Da=1", "-s", "f.json"), "-D and -s cannot be given together"),
        (("-Da=1", "--replace"), "--replace needs the whole document: -s FILE"),
    ],
)
def test_a_change_that_cannot_be_meant_is_refused_before_anything_is_asked(terminal, daemon, words, sentence):
    said = terminal.run("modify", "demo", *words)

    assert (said.code, said.err, daemon.changes) == (2, f"eas-local: {sentence}\n", [])


def test_contradicting_keys_are_named(terminal):
    said = terminal.run("modify", "demo", "-Dname=a", "-Dmetadata.name=b")

    assert (said.code, said.err.split(":")[:2]) == (1, ["eas-local", " metadata.name"])


def test_what_is_to_be_said_of_the_new_document_is_said(terminal, daemon):
    daemon.notes = [{"field": "metadata.memry", "level": "unknown", "sentence": "did you mean metadata.memory?"}]

    said = terminal.run("modify", "demo", "-Dmetadata.memry=2", "--no-wait")

    assert said.err.splitlines()[0] == "[WARN] metadata.memry: unknown: did you mean metadata.memory?"


def test_an_update_that_is_paused_ends_the_wait_with_its_reason(terminal, daemon):
    daemon.looks = [None, a_look("Updating", running=1), a_look("Updating", PAUSED, running=1, paused=True)]
    daemon.diagnosis = a_report("worker0 ended with exit code 1", advice="eas-local version demo 1 goes back")

    said = terminal.run("modify", "demo", "-Dmetadata.cpu=2")

    assert said.code == 1
    assert said.err.splitlines()[-3:] == [
        f'eas-local: service "demo" has not arrived where it should: {PAUSED}',
        "     WrongPort: worker0 ended with exit code 1",
        "     -> eas-local version demo 1 goes back",
    ]


def test_a_change_to_what_is_there_already_is_none_and_is_not_waited_for(terminal, daemon):
    daemon.idle = True

    said = terminal.run("modify", "demo", "-Dmetadata.cpu=2")

    assert (said.code, said.err.splitlines()) == (0, [f"[RequestId]: {REQUEST_ID}", "[OK] demo is changed"])


def test_a_stopped_service_is_changed_without_waiting_for_it_to_run(terminal, daemon):
    daemon.shown = a_look("Stopped", total=0)

    said = terminal.run("scale", "demo", "2")

    assert (said.code, daemon.changes) == (0, [{"Instance": 2}])
    assert said.err.startswith("[OK] The service is stopped: this counts from its next start (eas-local start demo)\n")


def test_somebody_who_stops_it_meanwhile_ends_the_wait(terminal, daemon):
    daemon.looks = [None, a_look("Scaling"), a_look("Stopped", total=0)]

    said = terminal.run("scale", "demo", "2")

    assert said.code == 1
    assert "was stopped meanwhile; eas-local start demo starts it" in said.err


def test_version_goes_to_one(terminal, daemon):
    daemon.looks = [None, a_look("Updating"), RUNNING]

    assert terminal.run("version", "demo", "1").code == 0
    assert daemon.changes == [{"Version": 1}]


def test_version_without_a_number_lists_them(terminal, daemon):
    processor = {"processor_path": "./code", "processor_entry": "./app.py"}
    daemon.versions = [
        {
            "ImageId": number,
            "BuildTime": on_the_wall("2019-02-21 16:35:41"),
            "ServiceConfig": json.dumps(config),
            "Message": message,
        }
        for number, config, message in (
            (2, processor, ""),
            (1, {"containers": [{"image": "demo:1"}]}, "Service is Running"),
        )
    ]

    assert terminal.run("version", "demo").out.splitlines()[1:5] == [
        "| VERSION | IN FORCE |      BUILDTIME      | IMAGE OR PROCESSOR |      MESSAGE       |",
        "+---------+----------+---------------------+--------------------+--------------------+",
        "|       2 |          | 2019-02-21 16:35:41 | ./code ./app.py    |                    |",
        "|       1 | *        | 2019-02-21 16:35:41 | demo:1             | Service is Running |",
    ]
    assert len(json.loads(terminal.run("version", "demo", "--output", "json").out)["Versions"]) == 2


def labels(**named: str) -> list[dict[str, str]]:
    return [{"LabelKey": key, "LabelValue": value} for key, value in named.items()]


def test_labels_are_shown(terminal, daemon):
    daemon.services = {"demo": a_service(Labels=labels(team="a", x="y"))}

    assert terminal.run("label", "demo").out == "team=a\nx=y\n"
    assert json.loads(terminal.run("label", "demo", "--output", "json").out) == {"Labels": {"team": "a", "x": "y"}}
    assert "|           Labels | team=a" in terminal.run("desc", "demo").out


def test_a_label_that_is_not_there_cannot_be_removed(terminal, daemon):
    daemon.services = {"demo": a_service(Labels=labels(team="a"))}

    said = terminal.run("label", "demo", "--remove", "teem")

    assert (said.code, said.err) == (1, 'eas-local: service "demo" has no label teem; it has team\n')
    assert daemon.changes == []


def test_labels_are_set_and_removed(terminal, daemon):
    daemon.services = {"demo": a_service(Labels=labels(old="1", x="2"))}

    assert terminal.run("label", "demo", "team=a", "tier=b=c", "--remove", "old", "--remove", "x").code == 0

    assert daemon.changes == [{"Labels": {"team": "a", "tier": "b=c"}}, {"Keys": '["old", "x"]'}]
    assert terminal.run("label", "demo", "team").code == 2


def test_lock_sets_one_of_three(terminal, daemon):
    assert terminal.run("lock", "demo", "dangerous").code == 0
    assert daemon.changes == [{"Lock": "dangerous"}]
    assert terminal.run("lock", "demo", "some").code == 2


@pytest.mark.parametrize(
    ("words", "asked", "done"),
    [
        (
            ("instance", "delete", "demo", "a,b", "--yes"),
            [{"InstanceList": "a,b"}],
            "a, b replaced by as many other instances",
        ),
        (("dw", "demo", "a", "--yes"), [{"InstanceList": "a"}], "a replaced by as many other instances"),
        (
            ("instance", "isolate", "demo", "a,b"),
            [{"Isolate": True}, {"Isolate": True}],
            "a, b: no more requests; it runs on",
        ),
        (("instance", "rejoin", "demo", "a"), [{"Isolate": False}], "a: requests again"),
        (
            ("instance", "detach", "demo", "a"),
            [{"Detach": True}],
            "a runs on outside the service, another instance in its place",
        ),
        (("restart", "demo", "--instance", "a"), [{"InstanceList": "a"}], "a was replaced by another instance"),
        (
            ("restart", "demo", "--instance", "a", "--soft"),
            [{"InstanceList": "a", "SoftRestart": "true"}],
            "Every container of a was started anew in place",
        ),
        (
            ("restart", "demo", "--instance", "a", "--soft", "--container", "worker1"),
            [{"InstanceList": "a", "SoftRestart": "true", "Container": "worker1"}],
            "worker1 of a was started anew in place",
        ),
    ],
)
def test_particular_instances_are_asked_for(terminal, daemon, words, asked, done):
    daemon.looks = [None, a_look("Running", total=1), RUNNING]

    said = terminal.run(*words)

    assert said.code == 0
    assert daemon.changes == asked
    assert said.err.splitlines()[-3:] == [
        "[OK] Running [Total: 1, Pending: 1, Running: 0]",
        "[OK] Service is running",
        f"[OK] {done}",
    ]


def test_an_instance_that_nobody_replaces_in_time_is_said_to_be_missing(terminal, daemon):
    daemon.shown = a_look("Running", "no room", total=2, running=1)

    said = terminal.hasty().run("instance", "delete", "demo", "a", "--yes", "--timeout", "60")

    assert said.code == 1
    assert 'eas-local: service "demo" is still Running and goes on: no room' in said.err


def test_instances_are_deleted_only_after_a_yes(terminal, daemon):
    said = terminal.run("instance", "delete", "demo", "a", typed="n\n", tty=True)

    assert said.code == 1
    assert said.err.startswith("Are you sure to delete the instances [a] of service [demo] in [cn-local]? [Y/n] ")
    assert daemon.changes == []


@pytest.mark.parametrize("words", [("--soft",), ("--container", "worker0"), ("--instance", "a", "--container", "w")])
def test_a_soft_restart_is_one_of_an_instance(terminal, words):
    assert terminal.run("restart", "demo", *words).code == 2
