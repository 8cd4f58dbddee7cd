package main

// firstJourneys are those that the generator begins with, over 50 channels.
const firstJourneys = `ch26 > ch11 > ch48 > ch0 > ch41 > ch1 > ch27,0,0,1
ch48 > ch13 > ch29 > ch48 > ch2,0,0,1
ch8 > ch4 > ch15 > ch0 > ch0 > ch0,0,0,1
ch28 > ch19 > ch33 > ch44 > ch34 > ch2 > ch2 > ch2 > ch31 > ch1 > ch0,0,0,1
ch31 > ch6 > ch6 > ch0 > ch9,0,0,1
`
