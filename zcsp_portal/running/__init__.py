"""One foreground command that runs the whole portal: Redis where none is given, web, worker, scheduler."""
