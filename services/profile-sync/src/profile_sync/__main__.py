from profile_sync.main import main

main()
