"""`python -m jixiao.monitoring [migrate]`."""

from .main import main

main()
