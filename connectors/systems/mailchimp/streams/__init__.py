"""What Mailchimp can be read for."""
