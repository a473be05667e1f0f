"""What Infor CloudSuite can be read for."""
