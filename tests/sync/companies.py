"""The companies in which a rule is tried out where it might go otherwise: an Australian one that reports GST by what is invoiced, one
that reports it by what is paid, and an American one."""

import pytest

NAMES = ("au", "au-cash", "us")
each_company = pytest.mark.parametrize("joint", NAMES, indirect=True)
