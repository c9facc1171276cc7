"""Save a Keras h5 file as SavedModel: `make_saved_model.py FILE.h5 FOLDER`."""

import os
import sys

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
import keras  # noqa: E402 - the variables come first

keras.models.load_model(sys.argv[1], compile=False).export(sys.argv[2], verbose=False)
