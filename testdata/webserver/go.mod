module pack.example/webserver

go 1.19
