"""The customer's pages: what is asked of whom stands in `frame`, what is shown in `services.reading`."""
