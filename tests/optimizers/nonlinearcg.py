"""NonlinearCG: settings."""

SETTINGS = [
    {},
    {"method": "FR", "lr": 0.1, "c2": 0.4, "restart_threshold": None},
    {"method": "HS", "restart_every": 4},
    {"method": "DY", "restart_threshold": 0.5},
    {"method": "HZ", "max_ls": 5, "restart_threshold": None},
]
