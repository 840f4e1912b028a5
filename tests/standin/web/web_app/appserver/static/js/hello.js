window.hello = 1;
