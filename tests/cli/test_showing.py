import json

import pytest

from tests.cli.fake_daemon import a_line, a_service, an_instance

CRASH = {
    "exitCode": 247,
    "finishedAt": "2021-09-27T07:04:21Z",
    "reason": "Error",
    "startedAt": "2021-09-27T05:36:56Z",
}


def test_ls_shows_eascmds_columns(terminal, daemon):
    daemon.services = {"demo": a_service()}

    assert terminal.run("ls").out.splitlines() == [
        "+-------------+----------+----------+---------------------+---------------------+---------+--------+-------------------+",
        "| SERVICENAME |  REGION  | INSTANCE |     CREATETIME      |     UPDATETIME      | STATUS  | WEIGHT |    SERVICEPATH    |",
        "+-------------+----------+----------+---------------------+---------------------+---------+--------+-------------------+",
        "| demo        | cn-local |        1 | 2019-02-21 16:35:41 | 2019-02-21 16:35:41 | Running |      0 | /api/predict/demo |",
        "+-------------+----------+----------+---------------------+---------------------+---------+--------+-------------------+",
    ]


def test_ls_knows_eascmds_long_name(terminal, daemon):
    daemon.services = {"demo": a_service()}

    assert terminal.run("list") == terminal.run("ls")


@pytest.mark.usefixtures("daemon")
def test_ls_without_services_says_how_to_make_one(terminal):
    said = terminal.run("ls")

    assert said.code == 0
    assert said.err == "there is no service yet; eas-local create service.json makes one\n"


def test_ls_reads_every_page(terminal, daemon):
    daemon.services = {f"demo{number}": a_service(f"demo{number}") for number in range(201)}

    assert len(json.loads(terminal.run("ls", "--output", "json").out)["Services"]) == 201


def test_desc_shows_eascmds_rows_and_the_configuration_sorted(terminal, daemon):
    daemon.services = {"demo": a_service()}

    rows = [line.strip("|").split(" | ") for line in terminal.run("desc", "demo").out.splitlines()[1:-1]]

    assert [row[0].strip() for row in rows if row[0].strip()] == [
        "Status",
        "ServiceName",
        "Region",
        "CreateTime",
        "UpdateTime",
        "AccessToken",
        "TotalInstance",
        "RunningInstance",
        "PendingInstance",
        "CPU",
        "GPU",
        "Memory",
        "Image",
        "Weight",
        "LatestVersion",
        "CurrentVersion",
        "Reason",
        "Message",
        "InternetEndpoint",
        "IntranetEndpoint",
        "SafetyLock",
        "Labels",
        "ServiceConfig",
    ]
    values = [row[1].rstrip() for row in rows]
    assert values[9:12] == ["1", "0", "1000M"]
    assert values[-6:] == ["{", '  "metadata": {', '    "cpu": 1,', '    "name": "demo"', "  }", "}"]


def test_desc_shows_the_folder_of_each_mount_and_what_each_probe_has_seen(terminal, daemon):
    daemon.services = {"demo": a_service()}
    mount = {"address": "oss://b/m", "mount_path": "/mnt/m", "read_only": False, "folder": "", "problem": ""}
    seen = [{"instance": "demo-0", "verdict": "failing", "history": "+---", "failure": "statuscode: 500"}]
    daemon.details = {
        "Mounts": [{**mount, "folder": "/srv/m", "read_only": True}, {**mount, "problem": "it is not there"}],
        "Probes": [{"container": "worker0", "kind": "liveness", "check": "tcp-socket :80", "seen": seen}],
    }

    cells = [line.split("|") for line in terminal.run("desc", "demo").out.splitlines()[-7:-1]]

    assert [(cell[1].strip(), cell[2].strip()) for cell in cells] == [
        ("Mount", "oss://b/m at /mnt/m"),
        ("", "/srv/m (read-only)"),
        ("Mount", "oss://b/m at /mnt/m"),
        ("", "it is not there"),
        ("Probe", "worker0 liveness: tcp-socket :80"),
        ("", "demo-0: failing +--- statuscode: 500"),
    ]


def test_w_shows_which_instances_get_no_requests(terminal, daemon):
    daemon.services = {"demo": a_service()}
    daemon.instances = [an_instance("a", Isolated=True), an_instance("b", Detached=True), an_instance("c")]

    states = [line.split("|")[6].strip() for line in terminal.run("w", "demo").out.splitlines()[3:6]]

    assert states == ["Running (Isolated)", "Running (Detached)", "Running"]


def test_desc_leaves_a_configuration_with_comments_as_it_was_written(terminal, daemon):
    daemon.services = {"demo": a_service(ServiceConfig='{"name": "demo"} // mine')}

    assert '{"name": "demo"} // mine' in terminal.run("desc", "demo").out


def test_w_shows_readiness_restarts_and_how_an_instance_ended_last(terminal, daemon):
    daemon.services = {"demo": a_service()}
    daemon.instances = [an_instance(ReadyProcesses=1, RestartCount=3, LastState=[CRASH])]

    lines = terminal.run("w", "demo").out.splitlines()

    assert lines[1].replace("|", " ").split() == [
        *("INSTANCENAME", "INNERIP", "HOSTIP", "STARTAT", "RESTARTS", "STATUS", "READY", "REASON", "LASTSTATE")
    ]
    assert [cell.strip() for cell in lines[3].strip("|").split(" | ")] == [
        "demo-5ff76448fd-h9dsn",
        "172.17.0.2",
        "127.0.0.1",
        "2019-02-21 16:35:58",
        "3",
        "Running",
        "[1/2]",
        "",
        '{"exitCode":247,"finishedAt":"2021-09-27T07:04:21Z","reason":"Error","startedAt":"2021-09-27T05:36:56Z"}',
    ]


def test_w_knows_eascmds_long_name(terminal, daemon):
    daemon.services = {"demo": a_service()}

    assert terminal.run("showworkers", "demo").code == 0


def test_logs_show_time_instance_and_text(terminal, daemon):
    daemon.services = {"demo": a_service()}
    daemon.logs = [a_line("Service start successfully")]

    assert terminal.run("logs", "demo").out == (
        "[2019-07-09 17:56:22] [demo-5ff76448fd-h9dsn/worker0] Service start successfully\n"
    )


def test_logs_of_the_run_before_are_asked_for_by_name(terminal, daemon):
    daemon.services = {"demo": a_service()}
    daemon.previous_logs = [a_line("crashed")]

    assert terminal.run("logs", "demo", "--previous").out.endswith("crashed\n")


def test_logs_as_json_are_one_document_and_followed_ones_a_document_a_line(terminal, daemon):
    daemon.services = {"demo": a_service()}
    daemon.logs = [a_line("one"), a_line("two")]

    assert json.loads(terminal.run("logs", "demo", "--output", "json").out) == {"Logs": daemon.logs}
    lines = terminal.run("logs", "demo", "-f", "--output", "json").out.splitlines()
    assert [json.loads(line) for line in lines] == daemon.logs


def test_desc_and_w_as_json_have_the_keys_of_the_api(terminal, daemon):
    daemon.services = {"demo": a_service()}
    daemon.instances = [an_instance()]

    assert json.loads(terminal.run("desc", "demo", "--output", "json").out) == daemon.services["demo"]
    assert json.loads(terminal.run("w", "demo", "--output", "json").out) == {"Instances": daemon.instances}
