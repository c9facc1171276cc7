"""Write a state dict of `net.Net` that blurs, as `make_state_dict.py FOLDER` beside a copy of net.py."""

import sys
from pathlib import Path

import torch

folder = Path(sys.argv[1])
sys.path.insert(0, str(folder))
from net import Net  # noqa: E402 - the folder comes first

model = Net(3)
with torch.no_grad():
    model.conv.weight.fill_(1.0)
    model.conv.bias.fill_(-4.5)
torch.save(model.state_dict(), folder / "weights.pth")
