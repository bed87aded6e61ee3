"""Every worker of pytest-xdist must collect the same tests, by the same names.

xdist compares what its workers collect, each with a hash seed and a start of its own, and ends the
run where they differ. What it does not see is what stands here.
"""


def test_no_name_has_an_address_or_stands_twice(request):
    names = [item.nodeid for item in request.session.items]
    assert not [name for name in names if " at 0x" in name]
    assert len(set(names)) == len(names)
