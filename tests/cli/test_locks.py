import os
import stat
from dataclasses import replace

import pytest

from eas_local import __version__
from eas_local.adapters.locks import Holder, holder, inherited, lives, make_runtime, one_at_a_time, single
from eas_local.core.errors import AddressTaken, NotAllowed


def test_a_program_lives_once_per_home(settings):
    with single(settings, "daemon"):
        with pytest.raises(AddressTaken, match=rf"the daemon of .* runs already \(process {os.getpid()}\)"):
            single(settings, "daemon").__enter__()

        assert lives(settings, "daemon")
        assert not lives(settings, "gateway")


def test_an_ended_program_lives_no_more_although_its_file_is_there(settings):
    with single(settings, "daemon"):
        pass

    assert (settings.home / "daemon.lock").exists()
    assert not lives(settings, "daemon")


def test_who_holds_a_lock_and_of_which_release_can_be_read(settings):
    assert holder(settings, "daemon") is None

    with single(settings, "daemon"):
        options = {"hold": 0, "gateway_timeout": 0, "gateway_workers": 1, "parity_timing": False}
        assert holder(settings, "daemon") == Holder(os.getpid(), __version__, str(settings.runtime), options)


def test_a_lock_whose_copy_somebody_has_stays_held_until_he_ends_too(settings):
    with single(settings, "gateway") as first:
        copy = os.dup(first.file.fileno())
    assert lives(settings, "gateway")

    with inherited(copy) as second:
        second.sign(settings)
        assert lives(settings, "gateway")
    assert not lives(settings, "gateway")


@pytest.mark.parametrize("content", ["", "4711 1.0 /run", "4711", "[]", '{"pid": 4711}'])
def test_a_lock_that_nobody_has_signed_properly_says_nothing(settings, content):
    with single(settings, "daemon"):
        (settings.home / "daemon.lock").write_text(content)

    assert holder(settings, "daemon") is None


def test_one_whose_sockets_are_elsewhere_is_named_with_them(settings, tmp_path):
    with (
        single(settings, "daemon"),
        pytest.raises(AddressTaken, match=rf"with its sockets in {settings.runtime}\)"),
    ):
        single(replace(settings, runtime=tmp_path / "other"), "daemon").__enter__()


def test_home_and_runtime_folder_are_made_for_their_owner_alone(settings):
    settings.runtime.rmdir()

    with single(settings, "daemon"):
        assert stat.S_IMODE(settings.home.stat().st_mode) == 0o700
        assert stat.S_IMODE(settings.runtime.stat().st_mode) == 0o700
        assert stat.S_IMODE((settings.home / "daemon.lock").stat().st_mode) == 0o600


def test_a_runtime_folder_open_to_others_is_closed(settings):
    settings.runtime.chmod(0o777)

    make_runtime(settings)

    assert stat.S_IMODE(settings.runtime.stat().st_mode) == 0o700


def test_a_link_in_place_of_the_runtime_folder_is_refused(settings, tmp_path):
    settings.runtime.rmdir()
    settings.runtime.symlink_to(tmp_path)

    with pytest.raises(NotAllowed, match="is not a folder of yours"):
        make_runtime(settings)


def test_starting_and_stopping_leave_their_lock_free_afterwards(settings):
    with one_at_a_time(settings):
        pass
    with one_at_a_time(settings):
        assert settings.lock_file.exists()


def test_a_folder_whose_path_is_too_long_for_sockets_is_refused(settings, tmp_path):
    with pytest.raises(NotAllowed, match="too long a path; point XDG_RUNTIME_DIR at a shorter one"):
        make_runtime(replace(settings, runtime=tmp_path / ("a" * 100)))
