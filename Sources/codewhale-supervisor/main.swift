import FleetSupervisor

Supervisor.main()
