"""The e.net REST service: sessions, and the business objects behind them."""
