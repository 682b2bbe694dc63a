"""Who gets what of a client's rate. Pure arithmetic in whole US cents; the shares add up to what the client pays."""

from __future__ import annotations

from dataclasses import dataclass

ACADEMY_PERCENT = 0  # the academy takes nothing of the pay; the share is shown all the same
MIN_RATE = 1
MAX_RATE = 100_000  # 1,000 dollars an hour
MAX_HOURS = 2_000
MAX_VENDOR_PERCENT = 90


@dataclass(frozen=True)
class PayLayers:
    """US cents an hour: `client_rate` = `vendor_share` + `academy_share` + `specialist_rate`."""

    client_rate: int
    vendor_share: int
    academy_share: int
    specialist_rate: int

    def total(self, hours: int) -> PayLayers:
        """The same layers for a number of hours."""
        return PayLayers(
            self.client_rate * hours, self.vendor_share * hours, self.academy_share * hours, self.specialist_rate * hours
        )

    def share(self, part: int) -> float:
        """What part of the client's rate this is, between 0 and 1."""
        return part / self.client_rate if self.client_rate else 0.0


def split_pay(client_rate: int, vendor_share_percent: int = 0, academy_percent: int = ACADEMY_PERCENT) -> PayLayers:
    """Split a rate in cents. Shares are rounded down, so the specialist gets the rest. ValueError outside of the limits."""
    if not MIN_RATE <= client_rate <= MAX_RATE:
        raise ValueError(f"the rate must be between {MIN_RATE} and {MAX_RATE} cents, not {client_rate}")
    if vendor_share_percent < 0 or academy_percent < 0 or vendor_share_percent + academy_percent > MAX_VENDOR_PERCENT:
        raise ValueError(f"the shares of vendor and academy must be between 0 and {MAX_VENDOR_PERCENT} percent together")
    vendor = client_rate * vendor_share_percent // 100
    academy = client_rate * academy_percent // 100
    return PayLayers(client_rate, vendor, academy, client_rate - vendor - academy)


def dollars(cents: int) -> str:
    """Cents as a plain number for a form field or an address: 4000 is `40`, 4050 is `40.50`."""
    return f"{cents // 100}" if cents % 100 == 0 else f"{cents // 100}.{cents % 100:02}"


def read_dollars(typed: str) -> int | None:
    """Cents from what a person typed (`40`, `40.5`, `$40,50`), or None when it is not from 0.01 to 1,000 dollars."""
    whole, point, part = typed.strip().removeprefix("$").strip().replace(",", ".").partition(".")
    if not (whole.isascii() and whole.isdigit() and len(whole) <= 4) or len(part) > 2 or (point and not part):
        return None
    if part and not (part.isascii() and part.isdigit()):
        return None
    cents = int(whole) * 100 + int(part.ljust(2, "0") or 0)
    return cents if MIN_RATE <= cents <= MAX_RATE else None
