"""`python -m storywatch`."""

from storywatch import main

if __name__ == "__main__":
    main()
