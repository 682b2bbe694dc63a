"""The outbox: mail and webhooks written in the transaction and sent by the worker. Not for: deciding when to write one."""
