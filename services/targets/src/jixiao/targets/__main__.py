"""`python -m jixiao.targets [migrate]`."""

from .main import main

main()
