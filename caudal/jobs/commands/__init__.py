"""One module per command of `caudal`: HELP, add_arguments(parser), run(args) -> exit code."""
