"""How cars and money move between parties: flows and their shapes, circles, trade sets, paid sales, inside trade."""
