"""What every stage may use and nothing that knows a stage: a closed list of small tools."""
