"""The host link in hardware: UART, frames, requests. The protocol is in docs/link.md."""
