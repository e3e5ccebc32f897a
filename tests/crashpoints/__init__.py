"""Exactly once under any crash: the story is crashed at every outside call, resumed, and compared with the one that went well."""
