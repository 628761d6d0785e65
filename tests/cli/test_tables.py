from eas_local.cli.tables import Column, grid, moment, pairs


def test_titles_are_centred_numbers_stand_right_and_everything_else_left():
    table = grid((Column("NAME"), Column("INSTANCE", right=True)), [("mnist", "1"), ("demo", "12")])

    assert table.splitlines() == [
        "+-------+----------+",
        "| NAME  | INSTANCE |",
        "+-------+----------+",
        "| mnist |        1 |",
        "| demo  |       12 |",
        "+-------+----------+",
    ]


def test_a_table_without_rows_shows_its_titles():
    assert grid((Column("NAME"),), []).splitlines() == ["+------+", "| NAME |", "+------+"]


def test_names_of_pairs_stand_right_and_values_left():
    assert pairs((("Intranet Endpoint", "http://x"), ("Token", "abc"))).splitlines() == [
        "+-------------------+----------+",
        "| Intranet Endpoint | http://x |",
        "|             Token | abc      |",
        "+-------------------+----------+",
    ]


def test_a_value_of_several_lines_keeps_its_name_on_the_first():
    assert pairs((("ServiceConfig", '{\n  "a": 1\n}'),)).splitlines() == [
        "+---------------+----------+",
        "| ServiceConfig | {        |",
        '|               |   "a": 1 |',
        "|               | }        |",
        "+---------------+----------+",
    ]


def test_what_is_no_time_is_shown_as_it_is():
    assert moment("") == ""
    assert moment("soon") == "soon"
