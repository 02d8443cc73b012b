"""What pytest does with all tests."""


def pytest_collection_modifyitems(config, items):
    """Leave out the cases that a module lists in ``LEFT_OUT``, each with its reason."""
    left_out = [item for item in items if item.name in getattr(item.module, "LEFT_OUT", ())]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
