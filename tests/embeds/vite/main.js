import "raftarium";
