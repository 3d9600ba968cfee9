"""`python -m jixiao.evaluation [migrate]`."""

from .main import main

main()
