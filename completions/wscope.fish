# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_wscope_global_optspecs
    string join \n 4/ipv4 6/ipv6 resolve= connect-to= interface= unix-socket= connect-timeout= x/proxy= U/proxy-user= proxy-header= proxy-insecure proxy-cacert= noproxy= k/insecure cacert= ca-only cert= key= tlsv1.2 tlsv1.3 tls-max= sni= no-sni alpn= no-alpn pinnedpubkey= H/header= header-file= subprotocol= origin= A/user-agent= b/cookie= u/user= oauth2-bearer= n/netrc netrc-file= L/location max-redirs= http-version= ws-version= ws-key= w/write-out= send= send-frame= binary null delimiter= whole length-prefixed hex base64 count= 1/one until= wait= echo ping-interval= ping-timeout= idle-timeout= close-timeout= max-message-size= inspect= dump-limit= lenient trickle= no-pong deflate= no-deflate reconnect= no-history v/verbose s/silent S/show-error color= json show-secrets m/max-time= h/help V/version
end

function __fish_wscope_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_wscope_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_wscope_using_subcommand
    set -l cmd (__fish_wscope_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c wscope -n "__fish_wscope_needs_command" -l resolve -d 'Use these addresses for a host: HOST:PORT:ADDRESS,ADDRESS' -r
complete -c wscope -n "__fish_wscope_needs_command" -l connect-to -d 'Connect to another host than the URL\'s: HOST:PORT:HOST:PORT' -r
complete -c wscope -n "__fish_wscope_needs_command" -l interface -d 'Connect from this local address or network interface' -r
complete -c wscope -n "__fish_wscope_needs_command" -l unix-socket -d 'Connect to this Unix socket, whatever the URL\'s host is' -r -F
complete -c wscope -n "__fish_wscope_needs_command" -l connect-timeout -d 'Allow this long for the name, TCP, TLS and the upgrade together' -r
complete -c wscope -n "__fish_wscope_needs_command" -s x -l proxy -d 'Connect through this proxy; \'\' for none' -r
complete -c wscope -n "__fish_wscope_needs_command" -s U -l proxy-user -d 'User name and password for the proxy' -r
complete -c wscope -n "__fish_wscope_needs_command" -l proxy-header -d 'Send this header field to the proxy alone, with CONNECT' -r
complete -c wscope -n "__fish_wscope_needs_command" -l proxy-cacert -d 'Trust the certificates in this PEM file for the https proxy too' -r
complete -c wscope -n "__fish_wscope_needs_command" -l noproxy -d 'Reach these hosts directly: names, addresses, CIDR blocks, or * for all' -r
complete -c wscope -n "__fish_wscope_needs_command" -l cacert -d 'Trust the certificates in this PEM file too' -r
complete -c wscope -n "__fish_wscope_needs_command" -l cert -d 'Show this certificate to the server (PEM, with its chain)' -r
complete -c wscope -n "__fish_wscope_needs_command" -l key -d 'The private key of --cert (PEM), where it is not in that file' -r
complete -c wscope -n "__fish_wscope_needs_command" -l tls-max -d 'Offer no later version than this' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c wscope -n "__fish_wscope_needs_command" -l sni -d 'Ask for this name by SNI, and check the certificate for it' -r
complete -c wscope -n "__fish_wscope_needs_command" -l alpn -d 'Offer these protocols by ALPN, separated by commas' -r
complete -c wscope -n "__fish_wscope_needs_command" -l pinnedpubkey -d 'Accept only a server with one of these public keys' -r
complete -c wscope -n "__fish_wscope_needs_command" -s H -l header -d 'Send this header field with the upgrade request' -r
complete -c wscope -n "__fish_wscope_needs_command" -l header-file -d 'Send the header fields in this file, one a line' -r
complete -c wscope -n "__fish_wscope_needs_command" -l subprotocol -d 'Ask for this subprotocol' -r
complete -c wscope -n "__fish_wscope_needs_command" -l origin -d 'Send this Origin, as a browser would' -r
complete -c wscope -n "__fish_wscope_needs_command" -s A -l user-agent -d 'Send this User-Agent' -r
complete -c wscope -n "__fish_wscope_needs_command" -s b -l cookie -d 'Send these cookies, "NAME=VALUE; NAME=VALUE", or those of a file' -r
complete -c wscope -n "__fish_wscope_needs_command" -s u -l user -d 'Send this user name and password as Basic credentials' -r
complete -c wscope -n "__fish_wscope_needs_command" -l oauth2-bearer -d 'Send this bearer token' -r
complete -c wscope -n "__fish_wscope_needs_command" -l netrc-file -d 'Take the user name and password from this file' -r
complete -c wscope -n "__fish_wscope_needs_command" -l max-redirs -d 'Follow this many redirects at most' -r
complete -c wscope -n "__fish_wscope_needs_command" -l http-version -d 'Send this HTTP version, to see how a server takes it' -r -f -a "1.0\t'HTTP/1.0'
1.1\t'HTTP/1.1'"
complete -c wscope -n "__fish_wscope_needs_command" -l ws-version -d 'Send this Sec-WebSocket-Version, to see how a server takes it' -r
complete -c wscope -n "__fish_wscope_needs_command" -l ws-key -d 'Send this Sec-WebSocket-Key instead of a random one' -r
complete -c wscope -n "__fish_wscope_needs_command" -s w -l write-out -d 'Write facts about the run to standard output at its end: "%{http_code} %{time_total}\\n"' -r
complete -c wscope -n "__fish_wscope_needs_command" -l send -d 'Send TEXT as a message when the connection is open; may be repeated' -r
complete -c wscope -n "__fish_wscope_needs_command" -l send-frame -d 'Send one frame made by hand, legal or not; may be repeated' -r
complete -c wscope -n "__fish_wscope_needs_command" -l delimiter -d 'Messages end with STRING instead of a newline, in and out' -r
complete -c wscope -n "__fish_wscope_needs_command" -l count -d 'Stop after N messages from the server' -r
complete -c wscope -n "__fish_wscope_needs_command" -l until -d 'Stop after a message from the server that matches REGEX' -r
complete -c wscope -n "__fish_wscope_needs_command" -l wait -d 'When standard input has ended, stay until no message has come for so long [default: 2]' -r
complete -c wscope -n "__fish_wscope_needs_command" -l ping-interval -d 'Send a ping so often' -r
complete -c wscope -n "__fish_wscope_needs_command" -l ping-timeout -d 'How long the pong to such a ping may take [default: the interval]' -r
complete -c wscope -n "__fish_wscope_needs_command" -l idle-timeout -d 'How long the server may send nothing at all' -r
complete -c wscope -n "__fish_wscope_needs_command" -l close-timeout -d 'How long the server\'s Close may take after ours [default: 2]' -r
complete -c wscope -n "__fish_wscope_needs_command" -l max-message-size -d 'The longest message that is held, sent or received [default: 64M]' -r
complete -c wscope -n "__fish_wscope_needs_command" -l inspect -d 'Show every frame as it was on the wire: header, bits, payload or full [default: header]' -r -f -a "header\t''
bits\t''
payload\t''
full\t''"
complete -c wscope -n "__fish_wscope_needs_command" -l dump-limit -d 'Show at most so many bytes of each payload in hex [default: 256]' -r
complete -c wscope -n "__fish_wscope_needs_command" -l trickle -d 'Send at most so many bytes a second once the connection is open' -r
complete -c wscope -n "__fish_wscope_needs_command" -l deflate -d 'Offer permessage-deflate with PARAMS [default: client_max_window_bits]' -r
complete -c wscope -n "__fish_wscope_needs_command" -l reconnect -d 'Connect again when the connection is lost or the server closes it, at most ATTEMPTS times in a row' -r
complete -c wscope -n "__fish_wscope_needs_command" -l color -d 'When to use colour: auto, always or never' -r
complete -c wscope -n "__fish_wscope_needs_command" -s m -l max-time -d 'End the whole run after so many seconds' -r
complete -c wscope -n "__fish_wscope_needs_command" -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c wscope -n "__fish_wscope_needs_command" -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c wscope -n "__fish_wscope_needs_command" -l proxy-insecure -d 'Go on although the https proxy\'s certificate is not valid'
complete -c wscope -n "__fish_wscope_needs_command" -s k -l insecure -d 'Go on although the server\'s certificate is not valid'
complete -c wscope -n "__fish_wscope_needs_command" -l ca-only -d 'Trust nothing but --cacert'
complete -c wscope -n "__fish_wscope_needs_command" -l tlsv1.2 -d 'Accept TLS 1.2 and later'
complete -c wscope -n "__fish_wscope_needs_command" -l tlsv1.3 -d 'Accept TLS 1.3 alone'
complete -c wscope -n "__fish_wscope_needs_command" -l no-sni -d 'Send no name by SNI'
complete -c wscope -n "__fish_wscope_needs_command" -l no-alpn -d 'Send no ALPN'
complete -c wscope -n "__fish_wscope_needs_command" -s n -l netrc -d 'Take the user name and password from ~/.netrc'
complete -c wscope -n "__fish_wscope_needs_command" -s L -l location -d 'Follow redirects'
complete -c wscope -n "__fish_wscope_needs_command" -l binary -d 'Send and receive binary messages, byte for byte'
complete -c wscope -n "__fish_wscope_needs_command" -l null -d 'Messages end with a NUL instead of a newline, in and out'
complete -c wscope -n "__fish_wscope_needs_command" -l whole -d 'All of standard input is one message'
complete -c wscope -n "__fish_wscope_needs_command" -l length-prefixed -d 'Each message follows its length as four bytes, big-endian, in and out'
complete -c wscope -n "__fish_wscope_needs_command" -l hex -d 'Each line is a binary message in hexadecimal, in and out'
complete -c wscope -n "__fish_wscope_needs_command" -l base64 -d 'Each line is a binary message in base64, in and out'
complete -c wscope -n "__fish_wscope_needs_command" -s 1 -l one -d 'Stop after one message from the server; short for --count 1'
complete -c wscope -n "__fish_wscope_needs_command" -l echo -d 'Send every text and binary message back as it came'
complete -c wscope -n "__fish_wscope_needs_command" -l lenient -d 'Read on after a violation of the protocol that leaves the frames readable'
complete -c wscope -n "__fish_wscope_needs_command" -l no-pong -d 'Do not answer pings'
complete -c wscope -n "__fish_wscope_needs_command" -l no-deflate -d 'Do not offer compression'
complete -c wscope -n "__fish_wscope_needs_command" -l no-history -d 'Keep nothing that is typed beyond this run'
complete -c wscope -n "__fish_wscope_needs_command" -s v -l verbose -d 'Tell each step of connecting, the heads sent and received, and the end'
complete -c wscope -n "__fish_wscope_needs_command" -s s -l silent -d 'Print nothing on standard error'
complete -c wscope -n "__fish_wscope_needs_command" -s S -l show-error -d 'With -s, still say why the run failed'
complete -c wscope -n "__fish_wscope_needs_command" -l json -d 'Write every event as one line of JSON on standard output'
complete -c wscope -n "__fish_wscope_needs_command" -l show-secrets -d 'Show credentials, cookies and tokens in what is printed'
complete -c wscope -n "__fish_wscope_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wscope -n "__fish_wscope_needs_command" -s V -l version -d 'Print version'
complete -c wscope -n "__fish_wscope_needs_command" -a "demo" -d 'The client against an echo server of its own on 127.0.0.1'
complete -c wscope -n "__fish_wscope_needs_command" -a "check" -d 'Say which hop broke the WebSocket, on what evidence, and how to mend it'
complete -c wscope -n "__fish_wscope_needs_command" -a "decode" -d 'Explain frames from a file or a capture'
complete -c wscope -n "__fish_wscope_using_subcommand demo" -l resolve -d 'Use these addresses for a host: HOST:PORT:ADDRESS,ADDRESS' -r
complete -c wscope -n "__fish_wscope_using_subcommand demo" -l connect-to -d 'Connect to another host than the URL\'s: HOST:PORT:HOST:PORT' -r
complete -c wscope -n "__fish_wscope_using_subcommand demo" -l interface -d 'Connect from this local address or network interface' -r
complete -c wscope -n "__fish_wscope_using_subcommand demo" -l unix-socket -d 'Connect to this Unix socket, whatever the URL\'s host is' -r -F
complete -c wscope -n "__fish_wscope_using_subcommand demo" -l connect-timeout -d 'Allow this long for the name, TCP, TLS and the upgrade together' -r
complete -c wscope -n "__fish_wscope_using_subcommand demo" -s x -l proxy -d 'Connect through this proxy; \'\' for none' -r
complete -c wscope -n "__fish_wscope_using_subcommand demo" -s U -l proxy-user -d 'User name and password for the proxy' -r
complete -c wscope -n "__fish_wscope_using_subcommand demo" -l proxy-header -d 'Send this header field to the proxy alone, with CONNECT' -r
complete -c wscope -n "__fish_wscope_using_subcommand demo" -l proxy-cacert -d 'Trust the certificates in this PEM file for the https proxy too' -r
complete -c wscope -n "__fish_wscope_using_subcommand demo" -l noproxy -d 'Reach these hosts directly: names, addresses, CIDR blocks, or * for all' -r
complete -c wscope -n "__fish_wscope_using_subcommand demo" -l cacert -d 'Trust the certificates in this PEM file too' -r
complete -c wscope -n "__fish_wscope_using_subcommand demo" -l cert -d 'Show this certificate to the server (PEM, with its chain)' -r
complete -c wscope -n "__fish_wscope_using_subcommand demo" -l key -d 'The private key of --cert (PEM), where it is not in that file' -r
complete -c wscope -n "__fish_wscope_using_subcommand demo" -l tls-max -d 'Offer no later version than this' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c wscope -n "__fish_wscope_using_subcommand demo" -l sni -d 'Ask for this name by SNI, and check the certificate for it' -r
complete -c wscope -n "__fish_wscope_using_subcommand demo" -l alpn -d 'Offer these protocols by ALPN, separated by commas' -r
complete -c wscope -n "__fish_wscope_using_subcommand demo" -l pinnedpubkey -d 'Accept only a server with one of these public keys' -r
complete -c wscope -n "__fish_wscope_using_subcommand demo" -s H -l header -d 'Send this header field with the upgrade request' -r
complete -c wscope -n "__fish_wscope_using_subcommand demo" -l header-file -d 'Send the header fields in this file, one a line' -r
complete -c wscope -n "__fish_wscope_using_subcommand demo" -l subprotocol -d 'Ask for this subprotocol' -r
complete -c wscope -n "__fish_wscope_using_subcommand demo" -l origin -d 'Send this Origin, as a browser would' -r
complete -c wscope -n "__fish_wscope_using_subcommand demo" -s A -l user-agent -d 'Send this User-Agent' -r
complete -c wscope -n "__fish_wscope_using_subcommand demo" -s b -l cookie -d 'Send these cookies, "NAME=VALUE; NAME=VALUE", or those of a file' -r
complete -c wscope -n "__fish_wscope_using_subcommand demo" -s u -l user -d 'Send this user name and password as Basic credentials' -r
complete -c wscope -n "__fish_wscope_using_subcommand demo" -l oauth2-bearer -d 'Send this bearer token' -r
complete -c wscope -n "__fish_wscope_using_subcommand demo" -l netrc-file -d 'Take the user name and password from this file' -r
complete -c wscope -n "__fish_wscope_using_subcommand demo" -l max-redirs -d 'Follow this many redirects at most' -r
complete -c wscope -n "__fish_wscope_using_subcommand demo" -l http-version -d 'Send this HTTP version, to see how a server takes it' -r -f -a "1.0\t'HTTP/1.0'
1.1\t'HTTP/1.1'"
complete -c wscope -n "__fish_wscope_using_subcommand demo" -l ws-version -d 'Send this Sec-WebSocket-Version, to see how a server takes it' -r
complete -c wscope -n "__fish_wscope_using_subcommand demo" -l ws-key -d 'Send this Sec-WebSocket-Key instead of a random one' -r
complete -c wscope -n "__fish_wscope_using_subcommand demo" -s w -l write-out -d 'Write facts about the run to standard output at its end: "%{http_code} %{time_total}\\n"' -r
complete -c wscope -n "__fish_wscope_using_subcommand demo" -l send -d 'Send TEXT as a message when the connection is open; may be repeated' -r
complete -c wscope -n "__fish_wscope_using_subcommand demo" -l send-frame -d 'Send one frame made by hand, legal or not; may be repeated' -r
complete -c wscope -n "__fish_wscope_using_subcommand demo" -l delimiter -d 'Messages end with STRING instead of a newline, in and out' -r
complete -c wscope -n "__fish_wscope_using_subcommand demo" -l count -d 'Stop after N messages from the server' -r
complete -c wscope -n "__fish_wscope_using_subcommand demo" -l until -d 'Stop after a message from the server that matches REGEX' -r
complete -c wscope -n "__fish_wscope_using_subcommand demo" -l wait -d 'When standard input has ended, stay until no message has come for so long [default: 2]' -r
complete -c wscope -n "__fish_wscope_using_subcommand demo" -l ping-interval -d 'Send a ping so often' -r
complete -c wscope -n "__fish_wscope_using_subcommand demo" -l ping-timeout -d 'How long the pong to such a ping may take [default: the interval]' -r
complete -c wscope -n "__fish_wscope_using_subcommand demo" -l idle-timeout -d 'How long the server may send nothing at all' -r
complete -c wscope -n "__fish_wscope_using_subcommand demo" -l close-timeout -d 'How long the server\'s Close may take after ours [default: 2]' -r
complete -c wscope -n "__fish_wscope_using_subcommand demo" -l max-message-size -d 'The longest message that is held, sent or received [default: 64M]' -r
complete -c wscope -n "__fish_wscope_using_subcommand demo" -l inspect -d 'Show every frame as it was on the wire: header, bits, payload or full [default: header]' -r -f -a "header\t''
bits\t''
payload\t''
full\t''"
complete -c wscope -n "__fish_wscope_using_subcommand demo" -l dump-limit -d 'Show at most so many bytes of each payload in hex [default: 256]' -r
complete -c wscope -n "__fish_wscope_using_subcommand demo" -l trickle -d 'Send at most so many bytes a second once the connection is open' -r
complete -c wscope -n "__fish_wscope_using_subcommand demo" -l deflate -d 'Offer permessage-deflate with PARAMS [default: client_max_window_bits]' -r
complete -c wscope -n "__fish_wscope_using_subcommand demo" -l reconnect -d 'Connect again when the connection is lost or the server closes it, at most ATTEMPTS times in a row' -r
complete -c wscope -n "__fish_wscope_using_subcommand demo" -l color -d 'When to use colour: auto, always or never' -r
complete -c wscope -n "__fish_wscope_using_subcommand demo" -s m -l max-time -d 'End the whole run after so many seconds' -r
complete -c wscope -n "__fish_wscope_using_subcommand demo" -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c wscope -n "__fish_wscope_using_subcommand demo" -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c wscope -n "__fish_wscope_using_subcommand demo" -l proxy-insecure -d 'Go on although the https proxy\'s certificate is not valid'
complete -c wscope -n "__fish_wscope_using_subcommand demo" -s k -l insecure -d 'Go on although the server\'s certificate is not valid'
complete -c wscope -n "__fish_wscope_using_subcommand demo" -l ca-only -d 'Trust nothing but --cacert'
complete -c wscope -n "__fish_wscope_using_subcommand demo" -l tlsv1.2 -d 'Accept TLS 1.2 and later'
complete -c wscope -n "__fish_wscope_using_subcommand demo" -l tlsv1.3 -d 'Accept TLS 1.3 alone'
complete -c wscope -n "__fish_wscope_using_subcommand demo" -l no-sni -d 'Send no name by SNI'
complete -c wscope -n "__fish_wscope_using_subcommand demo" -l no-alpn -d 'Send no ALPN'
complete -c wscope -n "__fish_wscope_using_subcommand demo" -s n -l netrc -d 'Take the user name and password from ~/.netrc'
complete -c wscope -n "__fish_wscope_using_subcommand demo" -s L -l location -d 'Follow redirects'
complete -c wscope -n "__fish_wscope_using_subcommand demo" -l binary -d 'Send and receive binary messages, byte for byte'
complete -c wscope -n "__fish_wscope_using_subcommand demo" -l null -d 'Messages end with a NUL instead of a newline, in and out'
complete -c wscope -n "__fish_wscope_using_subcommand demo" -l whole -d 'All of standard input is one message'
complete -c wscope -n "__fish_wscope_using_subcommand demo" -l length-prefixed -d 'Each message follows its length as four bytes, big-endian, in and out'
complete -c wscope -n "__fish_wscope_using_subcommand demo" -l hex -d 'Each line is a binary message in hexadecimal, in and out'
complete -c wscope -n "__fish_wscope_using_subcommand demo" -l base64 -d 'Each line is a binary message in base64, in and out'
complete -c wscope -n "__fish_wscope_using_subcommand demo" -s 1 -l one -d 'Stop after one message from the server; short for --count 1'
complete -c wscope -n "__fish_wscope_using_subcommand demo" -l echo -d 'Send every text and binary message back as it came'
complete -c wscope -n "__fish_wscope_using_subcommand demo" -l lenient -d 'Read on after a violation of the protocol that leaves the frames readable'
complete -c wscope -n "__fish_wscope_using_subcommand demo" -l no-pong -d 'Do not answer pings'
complete -c wscope -n "__fish_wscope_using_subcommand demo" -l no-deflate -d 'Do not offer compression'
complete -c wscope -n "__fish_wscope_using_subcommand demo" -l no-history -d 'Keep nothing that is typed beyond this run'
complete -c wscope -n "__fish_wscope_using_subcommand demo" -s v -l verbose -d 'Tell each step of connecting, the heads sent and received, and the end'
complete -c wscope -n "__fish_wscope_using_subcommand demo" -s s -l silent -d 'Print nothing on standard error'
complete -c wscope -n "__fish_wscope_using_subcommand demo" -s S -l show-error -d 'With -s, still say why the run failed'
complete -c wscope -n "__fish_wscope_using_subcommand demo" -l json -d 'Write every event as one line of JSON on standard output'
complete -c wscope -n "__fish_wscope_using_subcommand demo" -l show-secrets -d 'Show credentials, cookies and tokens in what is printed'
complete -c wscope -n "__fish_wscope_using_subcommand demo" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wscope -n "__fish_wscope_using_subcommand check" -l resolve -d 'Use these addresses for a host: HOST:PORT:ADDRESS,ADDRESS' -r
complete -c wscope -n "__fish_wscope_using_subcommand check" -l connect-to -d 'Connect to another host than the URL\'s: HOST:PORT:HOST:PORT' -r
complete -c wscope -n "__fish_wscope_using_subcommand check" -l interface -d 'Connect from this local address or network interface' -r
complete -c wscope -n "__fish_wscope_using_subcommand check" -l unix-socket -d 'Connect to this Unix socket, whatever the URL\'s host is' -r -F
complete -c wscope -n "__fish_wscope_using_subcommand check" -l connect-timeout -d 'Allow this long for the name, TCP, TLS and the upgrade together' -r
complete -c wscope -n "__fish_wscope_using_subcommand check" -s x -l proxy -d 'Connect through this proxy; \'\' for none' -r
complete -c wscope -n "__fish_wscope_using_subcommand check" -s U -l proxy-user -d 'User name and password for the proxy' -r
complete -c wscope -n "__fish_wscope_using_subcommand check" -l proxy-header -d 'Send this header field to the proxy alone, with CONNECT' -r
complete -c wscope -n "__fish_wscope_using_subcommand check" -l proxy-cacert -d 'Trust the certificates in this PEM file for the https proxy too' -r
complete -c wscope -n "__fish_wscope_using_subcommand check" -l noproxy -d 'Reach these hosts directly: names, addresses, CIDR blocks, or * for all' -r
complete -c wscope -n "__fish_wscope_using_subcommand check" -l cacert -d 'Trust the certificates in this PEM file too' -r
complete -c wscope -n "__fish_wscope_using_subcommand check" -l cert -d 'Show this certificate to the server (PEM, with its chain)' -r
complete -c wscope -n "__fish_wscope_using_subcommand check" -l key -d 'The private key of --cert (PEM), where it is not in that file' -r
complete -c wscope -n "__fish_wscope_using_subcommand check" -l tls-max -d 'Offer no later version than this' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c wscope -n "__fish_wscope_using_subcommand check" -l sni -d 'Ask for this name by SNI, and check the certificate for it' -r
complete -c wscope -n "__fish_wscope_using_subcommand check" -l alpn -d 'Offer these protocols by ALPN, separated by commas' -r
complete -c wscope -n "__fish_wscope_using_subcommand check" -l pinnedpubkey -d 'Accept only a server with one of these public keys' -r
complete -c wscope -n "__fish_wscope_using_subcommand check" -s H -l header -d 'Send this header field with the upgrade request' -r
complete -c wscope -n "__fish_wscope_using_subcommand check" -l header-file -d 'Send the header fields in this file, one a line' -r
complete -c wscope -n "__fish_wscope_using_subcommand check" -l subprotocol -d 'Ask for this subprotocol' -r
complete -c wscope -n "__fish_wscope_using_subcommand check" -l origin -d 'Send this Origin, as a browser would' -r
complete -c wscope -n "__fish_wscope_using_subcommand check" -s A -l user-agent -d 'Send this User-Agent' -r
complete -c wscope -n "__fish_wscope_using_subcommand check" -s b -l cookie -d 'Send these cookies, "NAME=VALUE; NAME=VALUE", or those of a file' -r
complete -c wscope -n "__fish_wscope_using_subcommand check" -s u -l user -d 'Send this user name and password as Basic credentials' -r
complete -c wscope -n "__fish_wscope_using_subcommand check" -l oauth2-bearer -d 'Send this bearer token' -r
complete -c wscope -n "__fish_wscope_using_subcommand check" -l netrc-file -d 'Take the user name and password from this file' -r
complete -c wscope -n "__fish_wscope_using_subcommand check" -l max-redirs -d 'Follow this many redirects at most' -r
complete -c wscope -n "__fish_wscope_using_subcommand check" -l http-version -d 'Send this HTTP version, to see how a server takes it' -r -f -a "1.0\t'HTTP/1.0'
1.1\t'HTTP/1.1'"
complete -c wscope -n "__fish_wscope_using_subcommand check" -l ws-version -d 'Send this Sec-WebSocket-Version, to see how a server takes it' -r
complete -c wscope -n "__fish_wscope_using_subcommand check" -l ws-key -d 'Send this Sec-WebSocket-Key instead of a random one' -r
complete -c wscope -n "__fish_wscope_using_subcommand check" -s w -l write-out -d 'Write facts about the run to standard output at its end: "%{http_code} %{time_total}\\n"' -r
complete -c wscope -n "__fish_wscope_using_subcommand check" -l level -d 'How much to ask of the endpoint: quick, normal or deep' -r
complete -c wscope -n "__fish_wscope_using_subcommand check" -l idle -d 'Stay silent for so long, to find an idle timer' -r
complete -c wscope -n "__fish_wscope_using_subcommand check" -l report -d 'Also write the report to this file, as Markdown' -r -F
complete -c wscope -n "__fish_wscope_using_subcommand check" -l color -d 'When to use colour: auto, always or never' -r
complete -c wscope -n "__fish_wscope_using_subcommand check" -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c wscope -n "__fish_wscope_using_subcommand check" -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c wscope -n "__fish_wscope_using_subcommand check" -l proxy-insecure -d 'Go on although the https proxy\'s certificate is not valid'
complete -c wscope -n "__fish_wscope_using_subcommand check" -s k -l insecure -d 'Go on although the server\'s certificate is not valid'
complete -c wscope -n "__fish_wscope_using_subcommand check" -l ca-only -d 'Trust nothing but --cacert'
complete -c wscope -n "__fish_wscope_using_subcommand check" -l tlsv1.2 -d 'Accept TLS 1.2 and later'
complete -c wscope -n "__fish_wscope_using_subcommand check" -l tlsv1.3 -d 'Accept TLS 1.3 alone'
complete -c wscope -n "__fish_wscope_using_subcommand check" -l no-sni -d 'Send no name by SNI'
complete -c wscope -n "__fish_wscope_using_subcommand check" -l no-alpn -d 'Send no ALPN'
complete -c wscope -n "__fish_wscope_using_subcommand check" -s n -l netrc -d 'Take the user name and password from ~/.netrc'
complete -c wscope -n "__fish_wscope_using_subcommand check" -s L -l location -d 'Follow redirects'
complete -c wscope -n "__fish_wscope_using_subcommand check" -l dry-run -d 'List what would be sent, and send nothing'
complete -c wscope -n "__fish_wscope_using_subcommand check" -l json -d 'Write the report as one JSON object'
complete -c wscope -n "__fish_wscope_using_subcommand check" -s s -l silent -d 'Print nothing on standard error'
complete -c wscope -n "__fish_wscope_using_subcommand check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wscope -n "__fish_wscope_using_subcommand decode" -l from -d 'Who sent the frames; by default the MASK bit of each tells' -r -f -a "client\t'The client, which masks'
server\t'The server, which does not'"
complete -c wscope -n "__fish_wscope_using_subcommand decode" -l detail -d 'How much of each frame: header, bits, payload or full' -r -f -a "header\t''
bits\t''
payload\t''
full\t''"
complete -c wscope -n "__fish_wscope_using_subcommand decode" -l dump-limit -d 'Show at most so many bytes of each payload in hex [default: 256]' -r
complete -c wscope -n "__fish_wscope_using_subcommand decode" -l deflate -d 'Take permessage-deflate as agreed with PARAMS, where no upgrade stands in front' -r
complete -c wscope -n "__fish_wscope_using_subcommand decode" -l color -d 'When to use colour: auto, always or never' -r
complete -c wscope -n "__fish_wscope_using_subcommand decode" -l hex -d 'The bytes are hexadecimal text: xxd, hexdump -C, Wireshark, plain digits, C arrays'
complete -c wscope -n "__fish_wscope_using_subcommand decode" -l json -d 'Write each frame as a JSON object'
complete -c wscope -n "__fish_wscope_using_subcommand decode" -l show-secrets -d 'Show passwords, tokens and cookies of the upgrade, which are hidden otherwise'
complete -c wscope -n "__fish_wscope_using_subcommand decode" -s h -l help -d 'Print help (see more with \'--help\')'
