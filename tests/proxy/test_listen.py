"""Where a program may listen, and what it says where it may not."""

import pytest

from eas_local.core.errors import AddressTaken, NotAllowed
from eas_local.proxy.listen import listen
from eas_local.proxy.server import Site
from tests.net import answering, echo

NOBODY = print


async def test_an_address_another_program_has_is_taken():
    async with answering(echo) as other:
        with pytest.raises(AddressTaken, match=f"127.0.0.1:{other.port}: another program does"):
            await listen(Site(NOBODY), "127.0.0.1", other.port)


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid"])
async def test_an_address_this_machine_does_not_have_is_not_allowed(host):
    with pytest.raises(NotAllowed, match=f"cannot listen on {host}:0: .*; set EAS_LOCAL_ADDRESS to another address"):
        await listen(Site(NOBODY), host, 0)
