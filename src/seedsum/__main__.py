"""`python -m seedsum` is the `seedsum` command."""

from seedsum.cli import main

if __name__ == "__main__":
    main()
