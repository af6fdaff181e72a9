"""NDI Polaris (Vicra, Spectra, Vega) by its Combined API (research/hil-protocols.md section 1)."""
