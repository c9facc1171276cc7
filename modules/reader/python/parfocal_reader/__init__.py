"""Files of microscopes behind one interface."""
