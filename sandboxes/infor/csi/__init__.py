"""CloudSuite Industrial behind ION API: Mongoose IDOs over REST v2. Properties are our reading."""
