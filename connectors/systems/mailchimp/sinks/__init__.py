"""What Mailchimp can be written to."""
