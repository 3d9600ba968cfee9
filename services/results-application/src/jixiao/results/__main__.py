"""`python -m jixiao.results [migrate]`."""

from .main import main

main()
