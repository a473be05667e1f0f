"""CloudSuite Industrial (SyteLine): IDO requests over REST."""
