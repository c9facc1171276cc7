"""Models of the BioImage Model Zoo and of DeepImageJ: description, network, processing and labels."""
