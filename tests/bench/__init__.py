"""``make bench``: what the product costs, each time beside the least that the same work can cost.

Everything runs on data of its own under ``var/bench/``: a real server, and a client in another
process. Ours and the limit alternate in short rounds, so that a busy machine slows both.
"""
