"""What every view shares: access, forms base, errors, assets, headers. Knows accounts and core only."""
