from demo_crm.main import main

main()
