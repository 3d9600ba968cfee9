"""`python -m jixiao.disclosure [migrate]`, or `site [migrate]` for the public site (A-15)."""

import sys

if sys.argv[1:2] == ["site"]:
    from .site.main import main
else:
    from .main import main

main()
