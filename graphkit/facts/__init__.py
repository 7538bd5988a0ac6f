"""What several detectors read of a car or a party: its outcome, control on a day, kept cars, histories of buyers."""
