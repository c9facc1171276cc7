"""The parts of Parfocal's Cellpose worker."""
