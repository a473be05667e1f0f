"""What can be written to Infor CloudSuite."""
