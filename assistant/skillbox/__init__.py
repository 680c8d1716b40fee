"""Skills of third parties: packages that are read but never run at install, and a process with few rights for each."""
