"""Mailchimp Marketing: audiences, e-commerce stores, consent and engagement. Start with README.md."""
